#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <libpq-fe.h>

#include <txq/detail/statement.hpp>

namespace txq::interleavings {

/// What a statement has returned, or how it failed.
struct answer {
    std::vector<std::string> columns{};
    std::vector<std::vector<std::string>> rows{};
    std::string sqlstate{}; ///< empty: it succeeded
    std::string message{};

    std::string const& at(std::size_t row, std::string const& column) const;
};

using parameters = std::vector<std::optional<std::string>>;

/// What a session is to do next: a statement of sql/, or text; or nothing, which takes no time.
struct question {
    statement const* what = nullptr;
    std::string text{};
    parameters with{};
    bool begins = false;      ///< a transaction, before it
    bool new_session = false; ///< the session is lost and another one takes its place
    bool beside = false;      ///< on the second session of the same process

    bool nothing() const { return !what && text.empty(); }
};

/// One step of a session: what to ask, which may follow from what is known by then, and what to make of the answer.
struct step {
    std::string name;
    std::function<question()> ask;
    std::function<void(answer const&)> then = {};
    std::set<std::string> may_fail_with = {}; ///< SQLSTATEs; then the answer has nothing else
};

/// Who can tell what a server's processes do.
class watcher {
  public:
    virtual ~watcher() = default;
    /// Whether it waits for a lock.
    virtual bool waits(int process) = 0;
    /// Ends a session, and returns when it is gone with all that it had.
    virtual void end(int process) = 0;
};

/// A connection with what has been prepared on it.
struct server_session {
    struct closer {
        void operator()(PGconn* one) const { PQfinish(one); }
    };
    std::unique_ptr<PGconn, closer> connection;
    std::set<std::string> prepared;
};

/// Sessions of earlier actors, for those to come.
class session_pool {
  public:
    explicit session_pool(std::string url) : url_{std::move(url)} {}
    server_session take();
    /// Whatever transaction it is in is rolled back.
    void give_back(server_session one);

  private:
    std::string url_;
    std::vector<server_session> free_;
};

/// A process with a session, or two, that takes its steps one after the other, and can wait for a lock meanwhile.
class actor {
  public:
    actor(session_pool& sessions, std::vector<step> script, watcher& watch);
    ~actor();
    actor(actor const&) = delete;
    actor& operator=(actor const&) = delete;

    std::string const& last_step() const { return last_; }
    bool dead() const { return dead_; }
    bool waits() const { return pending_; }
    bool done() const { return dead_ || (!pending_ && owed_ == 0 && next_ == script_.size()); }

    /// Its turn: the next step, at once or as soon as what it waits for is over.
    void take_turn() { ++owed_; }
    /// Goes on as far as it can without waiting for anybody. Throws std::runtime_error if a statement fails or takes
    /// for ever.
    void go_on();
    /// The process behind it is gone, and with it the session.
    void die();

  private:
    PGconn* connection() const { return asked_->connection.get(); }
    void send(question const& what);
    void prepare(statement const& what);
    bool answered();
    void forget(server_session& one);
    void finish();

    session_pool& sessions_;
    std::vector<step> script_;
    watcher& watch_;
    server_session session_;
    server_session beside_;
    server_session* asked_ = &session_; ///< the one of the last statement
    std::size_t next_ = 0;              ///< step that comes
    int owed_ = 0;                      ///< turns that were its own and that it has not used yet
    bool pending_ = false;              ///< a statement is under way
    bool dead_ = false;
    std::string last_;
};

} // namespace txq::interleavings
