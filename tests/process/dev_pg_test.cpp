// tools/dev/pg, which the tests themselves stand on.

#include <support/catch.hpp>
#include <support/server.hpp>

#include <thread>
#include <vector>

using namespace txq::test;

TEST_CASE("whoever starts the private server after a crash gets one that answers") {
    server one;
    one.kill();
    std::vector<std::string> refused(4);
    {
        std::vector<std::jthread> starters;
        for (auto& why : refused)
            starters.emplace_back([&] {
                try {
                    one.start();
                    one.execute("select 1");
                } catch (std::exception const& failed) { why = failed.what(); }
            });
    }
    for (auto const& why : refused) CHECK(why.empty());
}
