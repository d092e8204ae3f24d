#pragma once

#include <array>
#include <string>
#include <string_view>

#include <support/catch.hpp>
#include <support/command.hpp>
#include <support/database.hpp>

#include <txq/detail/connection_info.hpp>

namespace txq::test {

/// Roles of a database, made and given their rights by what `txq roles` prints, under names of this test's own; dropped
/// at the end.
class printed_roles {
  public:
    /// `options`: of txq roles.
    explicit printed_roles(database& db, std::vector<std::string> const& options = {}) : db_{db} {
        std::vector<std::string> command{"roles", "--prefix", db.name() + '_'};
        command.insert(command.end(), options.begin(), options.end());
        auto const printed = run_txq(command);
        REQUIRE(printed.status == 0);
        db_.query(printed.out);
    }
    ~printed_roles() {
        for (auto const* role : all) {
            if (db_.value("select to_regrole('" + own(role) + "')::text").empty()) continue;
            db_.query("drop owned by " + own(role));
            db_.query("drop role " + own(role));
        }
    }
    printed_roles(printed_roles const&) = delete;
    printed_roles& operator=(printed_roles const&) = delete;

    static constexpr std::array<char const*, 5> all{"producer", "relay", "worker", "operator", "reader"};

    /// What the role is called here.
    std::string own(std::string_view role) const { return db_.name() + '_' + std::string{role}; }
    /// SQL of the documentation with these roles: there they are txq_producer and so on, and shop_user is a producer.
    std::string in(std::string sql) const {
        replace(sql, "shop_user", own("producer"));
        for (auto const* role : all) replace(sql, std::string{"txq_"} + role, own(role));
        return sql;
    }
    /// Of the database, as that role.
    std::string url_of(std::string_view role) const {
        return connection_info::parse(db_.url()).set("user", own(role)).str();
    }

  private:
    static void replace(std::string& text, std::string const& what, std::string const& with) {
        for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size()))
            text.replace(at, what.size(), with);
    }

    database& db_;
};

} // namespace txq::test
