// Headers as `--header` has them, a line each, the trace context among them.

#include <algorithm>

#include <nlohmann/json.hpp>

#include <txq/cli/headers.hpp>
#include <txq/error.hpp>
#include <txq/trace.hpp>

#include <outbox/src/validate.hpp>

#include "fuzz.hpp"

using namespace txq;

namespace {

using headers = std::map<std::string, std::string>;

void check_written(headers const& given) try {
    auto const fields = check_common("kind", {.headers = given}, trace_scope::current());
    if (given.empty()) return;
    auto const written = fields.headers.value();
    fuzz::require(nlohmann::json::parse(written).get<headers>() == given, "headers arrive as they were given", written);
} catch (error const& refused) {
    fuzz::require(refused.code() == errc::bad_headers, "headers are refused in one way", refused.what());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const texts = fuzz::lines_of(fuzz::text_of(data, size));
    for (auto const& one : texts) {
        trace_scope const scope{one};
        auto const now = trace_scope::current();
        fuzz::require(now.empty() || now == one, "a trace context is carried on as it is, or not at all", one);
    }
    try {
        auto const given = cli::headers_of(texts);
        fuzz::require(given.size() == texts.size(), "each header is there", {});
        for (auto const& [name, value] : given)
            fuzz::require(std::ranges::find(texts, name + '=' + value) != texts.end(), "no header is changed", name);
        check_written(given);
    } catch (error const& wrong) {
        fuzz::require(wrong.code() == errc::bad_headers, "headers are refused in one way", wrong.what());
    }
    return 0;
}
