#include <support/catch.hpp>
#include <support/scratch.hpp>

#include <thread>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <chaos/session.hpp>

using namespace txq::test;
using socket_file = boost::asio::local::stream_protocol;

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
