#include <support/catch.hpp>
#include <support/database.hpp>

#include <random>

#include <outbox/src/ascii_json.hpp>
#include <outbox/src/json_scanner.hpp>

using txq::test::database;

namespace {

/// As many bytes as jsonb writes; -1 if it cannot hold the text.
int scanned(std::string const& text) try {
    return static_cast<int>(txq::json_scanner{text}.scan().bytes);
} catch (txq::not_jsonb const&) { return -1; }

/// The same by PostgreSQL. Texts arrive as bytes because they may be anything.
class server {
  public:
    server() {
        db_.query("create function bytes_of(text bytea) returns integer language plpgsql as $$ begin "
                  "return octet_length(convert_from(text, 'UTF8')::jsonb::text); "
                  "exception when others then return -1; end $$");
    }
    int bytes(std::string const& text) {
        static constexpr char hex[] = "0123456789abcdef";
        std::string bytes;
        for (char const c : text) {
            auto const byte = static_cast<unsigned char>(c);
            (bytes += hex[byte >> 4]) += hex[byte & 15];
        }
        return static_cast<int>(db_.number("select bytes_of('\\x" + bytes + "')"));
    }
    bool same(std::string const& one, std::string const& other) {
        pqxx::work tx{connection_};
        return tx.exec("select " + tx.quote(one) + "::jsonb = " + tx.quote(other) + "::jsonb")[0][0].as<bool>();
    }

  private:
    database db_{database::schema::none};
    pqxx::connection connection_{db_.url()};
};

/// JSON at random, without a key that is given twice.
class generator {
  public:
    explicit generator(unsigned seed) : random_{seed} {}

    std::string value(int depth) {
        switch (below(depth > 0 ? 7 : 5)) {
        case 0: return one_of({"true", "false", "null"});
        case 1:
        case 2: return number();
        case 3:
        case 4: return string();
        case 5: return list('[', ']', [&](int) { return value(depth - 1); });
        default: return list('{', '}', [&](int i) { return key(i) + space() + ':' + value(depth - 1); });
        }
    }
    /// One byte changed, left out or put in.
    std::string spoiled(std::string text) {
        static constexpr char bytes[] = "{}[]\",:\\u0d8e+-.1\n \x00\x01\x7f\x80\xc3\xe2\xed\xf0\xff";
        auto const at = static_cast<std::size_t>(below(static_cast<int>(text.size())));
        auto const byte = bytes[below(sizeof bytes - 1)];
        switch (below(3)) {
        case 0: text[at] = byte; break;
        case 1: text.erase(at, 1); break;
        default: text.insert(at, 1, byte);
        }
        return text;
    }

  private:
    int below(int end) { return std::uniform_int_distribution{0, end - 1}(random_); }
    std::string one_of(std::vector<std::string> const& all) {
        return all[static_cast<std::size_t>(below(static_cast<int>(all.size())))];
    }
    std::string space() { return one_of({"", "", "", " ", "\t", "\r\n"}); }
    std::string digits(int most) {
        std::string text;
        for (int i = below(most) + 1; i > 0; --i) text += static_cast<char>('0' + below(10));
        return text;
    }
    std::string number() {
        auto text = one_of({"", "-"}) + one_of({"0", "1", "9" + digits(20)});
        if (below(2)) text += "." + one_of({"", "0", "000"}) + digits(10);
        if (below(2))
            text += one_of({"e", "E"}) + one_of({"", "+", "-"}) + one_of({digits(2), digits(3), "0" + digits(6)});
        return text;
    }
    std::string characters() {
        std::string text;
        for (int i = below(6); i > 0; --i) {
            text += one_of({"a",       "/",       "\\/",     "\\n",     "\\\\",       "\\\"",    "\\u0000",
                            "\\u0001", "\\u001F", "\\u0022", "\\u007f", "\\u00e9",    "\\u20ac", "\\ud83d\\ude00",
                            "\\ud83d", "\x7f",    "\u00e9",  "\u20ac",  "\U0001f600", "b",       "c",
                            "d",       "e",       "f"});
        }
        return text;
    }
    std::string string() { return '"' + characters() + '"'; }
    std::string key(int place) { return '"' + characters() + std::to_string(place) + '"'; }
    template <typename Element>
    std::string list(char open, char close, Element element) {
        auto text = space() + open + space();
        auto const size = below(4);
        for (int i = 0; i < size; ++i) text += (i > 0 ? "," : "") + space() + element(i) + space();
        return text + close + space();
    }

    std::mt19937 random_;
};

} // namespace

TEST_CASE("the scanner takes what jsonb takes and counts its bytes") {
    server server;
    generator json{20'260'131};
    int taken = 0;
    for (int i = 0; i < 1'500; ++i) {
        auto const text = json.value(3);
        INFO(text);
        auto const bytes = scanned(text);
        REQUIRE(bytes == server.bytes(text));
        if (bytes >= 0) ++taken;
    }
    CHECK(taken > 500);
}

TEST_CASE("the scanner refuses what jsonb refuses") {
    server server;
    generator json{20'260'201};
    int refused = 0;
    for (int i = 0; i < 1'500; ++i) {
        auto const text = json.spoiled(json.value(2));
        INFO(text);
        auto const bytes = scanned(text);
        auto const by_server = server.bytes(text);
        REQUIRE((bytes < 0) == (by_server < 0));
        REQUIRE(bytes >= by_server); // a change may have made two keys the same
        if (bytes < 0) ++refused;
    }
    CHECK(refused > 500);
}

TEST_CASE("JSON in ASCII is the same to jsonb") {
    server server;
    generator json{20'260'301};
    for (int i = 0; i < 500; ++i) {
        auto const text = json.value(3);
        if (scanned(text) < 0) continue;
        INFO(text);
        REQUIRE(server.same(text, txq::ascii_json(text)));
    }
}
