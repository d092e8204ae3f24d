#include <support/catch.hpp>
#include <support/scratch.hpp>

#include <string>
#include <thread>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include <chaos/session.hpp>

using namespace txq::test;
using socket_file = boost::asio::local::stream_protocol;

namespace {

/// As a server answers that has just crashed.
void say_that_it_recovers(socket_file::socket client) {
    char question[1024];
    client.read_some(boost::asio::buffer(question));
    std::string const fields{"SFATAL\0C57P03\0Mthe database system is in recovery mode\0\0", 56};
    std::string const answer = std::string{'E', 0, 0, 0, static_cast<char>(fields.size() + 4)} + fields;
    boost::asio::write(client, boost::asio::buffer(answer));
}

} // namespace

TEST_CASE("txq-chaos waits for a server that recovers, and does not count how often it has asked it") {
    scratch files;
    boost::asio::io_context io;
    socket_file::acceptor server{io, socket_file::endpoint{files.file(".s.PGSQL.5432")}};
    std::thread faulty{[&] {
        for (int i = 0; i < 5; ++i) say_that_it_recovers(server.accept());
        for (int i = 0; i < 3; ++i) server.accept().close();
    }};
    CHECK_THROWS_AS(txq::chaos::connect("host=" + files.path().string()), pqxx::broken_connection);
    faulty.join(); // all of them have been asked
}

TEST_CASE("txq-chaos asks three times for a session, and waits for ever for none") {
    scratch files;
    boost::asio::io_context io;
    socket_file::acceptor server{io, socket_file::endpoint{files.file(".s.PGSQL.5432")}};
    std::thread faulty{[&] {
        server.accept().close();
        server.accept().close();
        auto unanswered = server.accept();
        char question[1024];
        boost::system::error_code end;
        while (!end) unanswered.read_some(boost::asio::buffer(question), end);
    }};
    CHECK_THROWS_AS(txq::chaos::connect("host=" + files.path().string()), pqxx::broken_connection);
    faulty.join();
}
