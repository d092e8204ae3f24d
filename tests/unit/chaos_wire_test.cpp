// PostgreSQL's protocol as the proxy of the chaos program reads it.

#include <support/catch.hpp>

#include <string>

#include <chaos/wire.hpp>

using namespace std::string_literals;
using namespace txq::chaos;

namespace {

std::string message(char type, std::string const& body) {
    auto const length = body.size() + 4;
    return type + std::string{'\0', '\0', static_cast<char>(length >> 8), static_cast<char>(length & 255)} + body;
}

std::string bind(std::string const& statement) { return message('B', "\0"s + statement + "\0\0\0"s); }

} // namespace

TEST_CASE("a stream is taken apart into its messages however it arrives") {
    message_stream stream{message_stream::from::server};
    auto const both = message('C', "COMMIT\0"s) + message('Z', "I");
    for (std::size_t i = 0; i + 1 < both.size(); ++i) {
        stream.append(both.substr(i, 1));
        if (i + 1 < 12) CHECK_FALSE(stream.next());
    }
    CHECK(stream.next() == message('C', "COMMIT\0"s));
    CHECK_FALSE(stream.next());
    stream.append(both.substr(both.size() - 1));
    CHECK(is_ready_for_query(stream.next().value()));
}

TEST_CASE("the first message of a client has no type") {
    message_stream stream{message_stream::from::client};
    auto const startup = "\0\0\0\x08\0\3\0\0"s;
    stream.append(startup + message('Q', "COMMIT\0"s));
    CHECK(stream.next() == startup);
    CHECK(stream.next() == message('Q', "COMMIT\0"s));
}

TEST_CASE("a length that no message can have ends the stream") {
    message_stream stream{message_stream::from::server};
    stream.append("Z\0\0\0\1"s);
    CHECK_THROWS(stream.next());
}

TEST_CASE("a COMMIT makes a transaction permanent and a writing statement outside of one itself") {
    CHECK(makes_permanent(message('Q', "COMMIT\0"s), 'T') == permanence::commit);
    CHECK(makes_permanent(message('Q', "BEGIN\0"s), 'I') == permanence::none);
    CHECK(makes_permanent(bind("complete_jobs"), 'I') == permanence::statement);
    CHECK(makes_permanent(bind("complete_jobs"), 'T') == permanence::none);
    CHECK(makes_permanent(bind("running_jobs"), 'I') == permanence::none);
    CHECK(makes_permanent("", 'I') == permanence::none);
}

TEST_CASE("a COMMIT that was a ROLLBACK has failed") {
    CHECK(says_failed(message('C', "ROLLBACK\0"s)));
    CHECK(says_failed(message('E', "...")));
    CHECK_FALSE(says_failed(message('C', "COMMIT\0"s)));
}
