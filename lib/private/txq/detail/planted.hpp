#pragma once

// Bugs for the chaos program to find: docs/reliability.md. Only a build with TXQ_PLANTED_BUGS=ON has them, and only
// where the environment's TXQ_PLANTED_BUG names one; all other builds have nothing of this.
#ifdef TXQ_PLANTED_BUGS

#include <string>
#include <vector>

#include <txq/detail/statement.hpp>

namespace txq::planted {

/// Whether this is the bug that has been chosen.
bool is(char const* bug);
/// The statement as the bug has it. Throws std::logic_error if the bug does not fit the statement any more.
char const* text_of(statement const& what);
/// Says how far an outbox has been moved, and moves nothing: parameters as in write_batch.
extern statement const position_only;

/// What the bug that has been chosen does to the queue's database.
std::vector<std::string> schema_changes();

/// What a bug makes of a statement.
struct changed_statement {
    std::string bug;
    std::string name;
    std::string text;
};
/// All of them. Throws std::logic_error if one does not fit its statement any more.
std::vector<changed_statement> all_changed();
/// What all of them do to the queue's database. Each fails there if its bug does not fit any more.
std::vector<std::string> all_schema_changes();

} // namespace txq::planted

#define TXQ_IF_PLANTED(bug, action)                                                                                    \
    if (::txq::planted::is(bug)) { action; }
#define TXQ_TEXT_OF(what) (::txq::planted::text_of(what))

#else

#define TXQ_IF_PLANTED(bug, action)
#define TXQ_TEXT_OF(what) ((what).text)

#endif
