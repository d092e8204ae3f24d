#include <txq/cli/headers.hpp>

#include <txq/error.hpp>
#include <txq/trace.hpp>

namespace txq::cli {

namespace {

/// A person has written it, so unlike a stranger's it is not passed over in silence.
void check_traceparent(std::map<std::string, std::string> const& headers) {
    auto const given = headers.find("traceparent");
    if (given == headers.end()) return;
    trace_scope const as_known{given->second};
    if (trace_scope::current().empty()) {
        throw error{errc::bad_headers,
                    "--header traceparent=" + given->second +
                        ": this is no W3C trace context; write 00-<32 hexadecimal digits>-<16 of them>-<2 of them> in "
                        "lower case"};
    }
}

} // namespace

std::map<std::string, std::string> headers_of(std::vector<std::string> const& texts) {
    std::map<std::string, std::string> headers;
    for (auto const& text : texts) {
        auto const equals = text.find('=');
        if (equals == 0 || equals == std::string::npos)
            throw error{errc::bad_headers, "--header " + text + ": write name=value"};
        if (!headers.emplace(text.substr(0, equals), text.substr(equals + 1)).second)
            throw error{errc::bad_headers, "--header " + text + ": there is another value for this name"};
    }
    check_traceparent(headers);
    return headers;
}

} // namespace txq::cli
