#pragma once

#include <array>
#include <string>
#include <string_view>

#include <support/database.hpp>

namespace txq::test {

/// The roles that the documentation's SQL is about, under names of this test's own; dropped at the end.
class documented_roles {
  public:
    explicit documented_roles(database& db) : db_{db} {
        for (auto const name : names) db_.query("create role " + own(name) + " login");
    }
    ~documented_roles() {
        for (auto const name : names) {
            db_.query("drop owned by " + own(name));
            db_.query("drop role " + own(name));
        }
    }
    documented_roles(documented_roles const&) = delete;
    documented_roles& operator=(documented_roles const&) = delete;

    /// What the documentation's role is called here.
    std::string own(std::string_view name) const { return db_.name() + '_' + std::string{name}; }

    /// The documentation's SQL with those names.
    std::string in(std::string block) const {
        for (auto const name : names) {
            auto const here = own(name);
            for (auto at = block.find(name); at != block.npos; at = block.find(name, at + here.size()))
                block.replace(at, name.size(), here);
        }
        return block;
    }

  private:
    static constexpr std::array<std::string_view, 5> names{"shop_user", "txq_relay", "txq_worker", "txq_operator",
                                                           "txq_reader"};

    database& db_;
};

} // namespace txq::test
