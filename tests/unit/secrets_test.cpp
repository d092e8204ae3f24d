#include <support/catch.hpp>
#include <support/complaint.hpp>

#include <txq/detail/connection_info.hpp>
#include <txq/detail/secrets.hpp>

using Catch::Matchers::Contains;
using txq::without_passwords;

TEST_CASE("passwords are taken out of what is said") {
    std::vector<std::pair<std::string, std::string>> const cases{
        {"no database 'postgresql://u:secret@h/d' here", "no database 'postgresql://u:***@h/d' here"},
        {"postgres://u:se/c?r#e@t@h:5432/d", "postgres://u:***@h:5432/d"},
        {"postgresql://u@h:5432/d?password=secret&sslmode=off", "postgresql://u@h:5432/d?password=***&sslmode=off"},
        {"host=h password=secret port=1", "host=h password=*** port=1"},
        {"host=h password = 'it\\'s secret' port=1", "host=h password = ***' port=1"},
        {"sslpassword=secret", "sslpassword=***"},
        {"host=h password=s\\ ecret port=1", "host=h password=*** port=1"},
        {"password=secret\\", "password=***"},
        {"host=h password=it's&\"secret port=1", "host=h password=*** port=1"},
        {"postgresql://h/d?pass%77ord=secret&x=1", "postgresql://h/d?pass%77ord=***&x=1"},
        {"postgresql://h/d?%70%61ssword=secret", "postgresql://h/d?%70%61ssword=***"},
        {"postgresql://h/d?a=1%=2", "postgresql://h/d?a=1%=2"},
        {"password='secret", "password=***"},
        {"postgresql://h:5432/d", "postgresql://h:5432/d"},
        {"http://ann:1@example.org is no business of this", "http://ann:1@example.org is no business of this"},
        {"the password is wrong", "the password is wrong"},
        {"", ""},
        {"postgresql://u:a@h/1\nsee: b@c", "postgresql://u:***@h/1\nsee: b@c"},
    };
    for (auto const& [said, expected] : cases) CHECK(without_passwords(said) == expected);
}

TEST_CASE("passwords are overwritten where other programs can read a process's arguments") {
    std::string program = "txq";
    std::string option = "--database";
    std::string url = "postgresql://u:secret@h/d";
    char* arguments[] = {program.data(), option.data(), url.data()};
    auto const taken = txq::take_arguments(3, arguments);
    CHECK(taken == std::vector<std::string>{"--database", "postgresql://u:secret@h/d"});
    CHECK(url == "postgresql://u:******@h/d");
    CHECK(txq::take_arguments(0, nullptr).empty());
}

TEST_CASE("a password that has come apart does not become a part of what is shown") {
    for (auto const* text :
         {"postgresql://u:secret/x@127.0.0.1:1/db", "postgresql://u:a@secret@127.0.0.1/db", "host=h port=secret",
          "dbname=postgresql://u:secret@h/d", "dbname='host=h password=secret'",
          "postgresql://u:secret@h:1,h2:secret/d", "postgresql://u:5432/secret@h/d", "postgresql://u:a@secret/b@h/d",
          "postgres://u:1/secret@h?application_name=a"}) {
        INFO(text);
        auto const said = txq::test::complaint_of([&] { txq::connection_info::parse(text); });
        CHECK_THAT(said, Contains("cannot be understood") && !Contains("secret"));
    }
    CHECK(txq::connection_info::parse("postgresql://u@h1:1,h2:2/d?user=a@b").describe() ==
          "host=h1,h2 port=1,2 dbname=d user=a@b");
    CHECK(txq::connection_info::parse("postgresql://h/a%40b?user=c@d").describe() == "host=h dbname=a@b user=c@d");
    CHECK(txq::connection_info::parse("host=/run/postgresql port='' dbname=d").describe() != "");
}
