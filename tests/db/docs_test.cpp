// Every ```sql block of the documentation is run, those of a page one after the other in one session of a migrated
// database. A block that shows its error (`-- ERROR:  text`) must end with it. The roles of the pages are there.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/markdown.hpp>
#include <support/roles.hpp>

using Catch::Matchers::Contains;
using namespace txq::test;

namespace {

constexpr std::string_view error_mark = "-- ERROR:  ";

class reader {
  public:
    void run(std::string const& block) { pqxx::nontransaction{*connection_}.exec(roles_.in(block)); }

  private:
    database db_;
    printed_roles roles_{db_};
    std::unique_ptr<pqxx::connection> connection_ = std::make_unique<pqxx::connection>(db_.url());
};

/// Empty for a block that is to succeed.
std::string shown_error(std::string const& block) {
    auto const mark = block.find(error_mark);
    if (mark == block.npos) return "";
    auto const begin = mark + error_mark.size();
    return block.substr(begin, block.find('\n', begin) - begin);
}

} // namespace

TEST_CASE("the SQL in the documentation does what the page says") {
    for (auto const& page : documentation()) {
        auto const blocks = code_blocks(page, "sql");
        if (blocks.empty()) continue;
        reader reader;
        for (auto const& block : blocks) {
            INFO(page.string() << ":" << block.line);
            auto const error = shown_error(block.text);
            if (error.empty())
                CHECK_NOTHROW(reader.run(block.text));
            else
                CHECK_THROWS_WITH(reader.run(block.text), Contains(error));
        }
    }
}
