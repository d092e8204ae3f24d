// Every ```sql block of the documentation is run, those of a page one after the other in one session of a migrated
// database. A block that shows its error (`-- ERROR:  text`) must end with it. `shop_user` is a role that is there.

#include <support/catch.hpp>
#include <support/database.hpp>
#include <support/markdown.hpp>

using Catch::Matchers::Contains;
using namespace txq::test;

namespace {

constexpr std::string_view role_in_pages = "shop_user";
constexpr std::string_view error_mark = "-- ERROR:  ";

class reader {
  public:
    reader() { db_.query("create role " + role_); }
    ~reader() {
        connection_.reset();
        db_.query("drop owned by " + role_);
        db_.query("drop role " + role_);
    }

    void run(std::string const& block) { pqxx::nontransaction{*connection_}.exec(with_role_of_its_own(block)); }

  private:
    std::string with_role_of_its_own(std::string block) const {
        for (auto at = block.find(role_in_pages); at != block.npos; at = block.find(role_in_pages, at + role_.size()))
            block.replace(at, role_in_pages.size(), role_);
        return block;
    }

    database db_;
    std::string role_ = db_.name() + "_reader";
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
