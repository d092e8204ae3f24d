#pragma once

#include <string>
#include <vector>

namespace txq::chaos {

/// A network namespace for programs that reach the servers over TCP, and whose packets can be lost. Takes root, `ip`
/// and `nft` (Debian's packages iproute2 and nftables).
class far_network {
  public:
    far_network();
    /// None, for that reason.
    explicit far_network(std::string why_not) : why_not_{std::move(why_not)} {}
    ~far_network();
    far_network(far_network const&) = delete;
    far_network& operator=(far_network const&) = delete;

    bool exists() const { return why_not_.empty(); }
    /// Empty if it exists.
    std::string const& why_not() const { return why_not_; }

    /// Of this side, as programs in there see it.
    std::string const& address() const { return near_; }
    /// What stands before a command that is to be run in there.
    std::vector<std::string> command() const { return {"ip", "netns", "exec", name_}; }

    /// So many of a hundred packets in each direction are lost from now on.
    void lose(int percent);

  private:
    bool make();

    std::string name_;
    std::string near_;
    std::string far_;
    std::string why_not_;
    int percent_ = 0;
};

} // namespace txq::chaos
