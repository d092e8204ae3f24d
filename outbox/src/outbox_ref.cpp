#include <txq/outbox_ref.hpp>

#include <atomic>

namespace txq {

namespace {

std::atomic<outbox_stand_in*> for_all{nullptr};

} // namespace

outbox_stand_in* outbox_ref::stand_in() const noexcept {
    return instead_ != nullptr ? instead_ : for_all.load(std::memory_order_acquire);
}

outbox_ref prepared(pqxx::transaction_base& tx) noexcept {
    outbox_ref to{tx};
    to.prepared_ = true;
    return to;
}

outbox_stand_in* detail::stand_in_for_all(outbox_stand_in* instead) noexcept { return for_all.exchange(instead); }

} // namespace txq
