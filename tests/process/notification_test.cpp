// A server whose notifications are damaged.

#include <support/catch.hpp>
#include <support/questions.hpp>
#include <support/relay_and_worker.hpp>
#include <support/server.hpp>

#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include <pqxx/pqxx>

using namespace txq::test;

namespace {

/// One who has not read any notification yet, of so many that they are not all in memory, and whose files are gone:
/// whoever wants to listen from now on is told that the status of a transaction cannot be accessed, and loses the
/// session.
class damage {
  public:
    damage(server const& on, std::string const& url) : behind_{url} {
        pqxx::nontransaction{behind_}.exec("listen anything");
        stays_.emplace(behind_);
        stays_->exec("select 1");
        questions{url}.value(
            "select count(pg_notify('anything', i || repeat('x', 7000))) from generate_series(1, 200) i");
        std::filesystem::remove(first_file(on.home() + "/data/pg_notify"));
    }

  private:
    /// The first of those that are named by numbers, in as many digits as the server's version has.
    static std::filesystem::path first_file(std::string const& directory) {
        std::set<std::filesystem::path> all;
        for (auto const& one : std::filesystem::directory_iterator{directory}) all.insert(one.path());
        return *all.begin();
    }

    pqxx::connection behind_;
    std::optional<pqxx::work> stays_;
};

} // namespace

TEST_CASE("a worker that cannot listen says so and finds its jobs by looking") {
    server own;
    auto const url = own.make_database("shop");
    questions shop{url};
    shop.value("create table effects (at timestamptz)");
    damage const done{own, url};
    REQUIRE_THROWS(questions{url}.value("listen txq_jobs"));

    relay_and_worker both{url};
    for (int i = 1; i <= 3; ++i) {
        shop.value("select txq.enqueue('test', '{}')");
        CHECK(shop.becomes("select count(*) from effects", std::to_string(i)));
    }
    CHECK(eventually([&] { return both.worker.output().find("cannot listen") != std::string::npos; }));
    CHECK(both.worker.output().find("claiming failed") == std::string::npos);
}
