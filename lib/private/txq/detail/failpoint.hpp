#pragma once

// Places at which the chaos program can have a program die: before or after any statement. Only a build with
// TXQ_PLANTED_BUGS=ON has them, and only where the environment's TXQ_FAILPOINT names one, as in `write_batch:after:3`,
// the third time; all other builds have nothing of this.
#ifdef TXQ_PLANTED_BUGS

namespace txq::failpoint {

enum class moment { before, after };

/// Ends the process as SIGKILL does, if this is the place and the time.
void pass(char const* statement, moment when);

} // namespace txq::failpoint

#define TXQ_FAILPOINT(statement, when) ::txq::failpoint::pass(statement, ::txq::failpoint::moment::when)

#else

#define TXQ_FAILPOINT(statement, when)

#endif
