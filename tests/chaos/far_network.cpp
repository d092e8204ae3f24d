#include "far_network.hpp"

#include <cstdlib>

#include <unistd.h>

namespace txq::chaos {

namespace {

bool run(std::string const& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

} // namespace

far_network::far_network() {
    auto const pid = static_cast<int>(::getpid());
    name_ = "txq" + std::to_string(pid);
    auto const net = "10." + std::to_string(64 + pid / 256 % 128) + '.' + std::to_string(pid % 256) + '.';
    near_ = net + '1';
    far_ = net + '2';
    if (::geteuid() != 0)
        why_not_ = "only root can make a network namespace";
    else if (!run("ip -V") || !run("nft --version"))
        why_not_ = "ip or nft is missing (packages iproute2 and nftables)";
    else if (!make())
        why_not_ = "this machine does not let network namespaces be made";
}

far_network::~far_network() {
    if (name_.empty()) return;
    run("ip link del " + name_); // before: it is not gone with its other end at once
    run("ip netns del " + name_);
}

bool far_network::make() {
    auto const inside = "ip -n " + name_ + ' ';
    return run("ip netns add " + name_) && run("ip link add " + name_ + " type veth peer name far netns " + name_) &&
           run("ip addr add " + near_ + "/30 dev " + name_) && run("ip link set " + name_ + " up") &&
           run(inside + "addr add " + far_ + "/30 dev far") && run(inside + "link set far up") &&
           run(inside + "link set lo up") && run("ip netns exec " + name_ + " nft add table inet chaos");
}

void far_network::lose(int percent) {
    if (!exists() || percent == percent_) return;
    percent_ = percent;
    auto const nft = "ip netns exec " + name_ + " nft ";
    run(nft + "flush table inet chaos");
    if (percent == 0) return;
    for (std::string const direction : {"input", "output"}) {
        run(nft + "'add chain inet chaos " + direction + " { type filter hook " + direction + " priority 0 ; }'");
        run(nft + "'add rule inet chaos " + direction +
            (percent >= 100 ? " drop'" : " numgen random mod 100 < " + std::to_string(percent) + " drop'"));
    }
}

} // namespace txq::chaos
