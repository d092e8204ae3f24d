// What a producer may give to an enqueue. Lines: kind, queue, tenant, order key, operation, and the payload.

#include <nlohmann/json.hpp>

#include <txq/detail/utf8.hpp>
#include <txq/error.hpp>

#include <outbox/src/validate.hpp>

#include "fuzz.hpp"

using namespace txq;
using fuzz::require;

namespace {

bool can_be_name(std::string_view text) { return !text.empty() && text.size() <= 128 && is_storable_text(text); }

void check_rules(std::string const& written, enqueue_options const& given) {
    require(is_ascii(written), "rules travel as ASCII", written);
    auto const rules = nlohmann::json::parse(written);
    require(rules.value("tenant", "") == given.tenant, "the tenant is the one that was given", written);
    require(rules.value("order_key", "") == given.order_key, "the order key is the one that was given", written);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto rest = fuzz::text_of(data, size);
    auto const kind = fuzz::take_line(rest);
    enqueue_options options;
    options.queue = fuzz::take_line(rest);
    options.tenant = fuzz::take_line(rest);
    options.order_key = fuzz::take_line(rest);
    auto const operation = fuzz::take_line(rest);
    try {
        auto const fields = check_common(kind, options, "");
        require(can_be_name(fields.kind) && can_be_name(fields.queue), "names are those that tables can hold", kind);
        if (fields.rules) check_rules(*fields.rules, options);
        check_operation_id(operation);
        require(is_storable_text(operation), "an operation's name can be stored", operation);
        require(check_payload(rest, 1024).bytes <= 1024, "no payload is larger than allowed", rest);
    } catch (error const& refused) {
        require(is_storable_text(refused.what()), "a refusal can be stored in a log", refused.what());
    }
    return 0;
}
