#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace txq::chaos {

/// Takes a stream of PostgreSQL's protocol (version 3) apart into messages. No I/O.
class message_stream {
  public:
    /// A client's first message has no type.
    enum class from { client, server };

    explicit message_stream(from whom) : untyped_{whom == from::client} {}

    void append(std::string_view bytes) { bytes_ += bytes; }
    /// The next whole message as it is on the wire; none yet if a part of it is missing. Throws std::runtime_error for
    /// a length that no message can have.
    std::optional<std::string> next();
    /// What has come of a message that is not whole.
    std::string rest() && { return std::move(bytes_); }

  private:
    bool untyped_;
    std::string bytes_;
};

/// What a message of a client's asks the server to make permanent.
enum class permanence {
    none,
    commit,    ///< COMMIT of a transaction
    statement, ///< a statement of txq's outside of a transaction, which is one by itself
};

/// `status`: of the session, as the server's last ReadyForQuery had it.
permanence makes_permanent(std::string_view message, char status);

inline bool is_ready_for_query(std::string_view message) { return message.size() == 6 && message[0] == 'Z'; }
/// The server says that what was asked for has failed, or that the transaction was rolled back instead.
bool says_failed(std::string_view message);

} // namespace txq::chaos
