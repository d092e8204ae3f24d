#include <support/catch.hpp>
#include <support/scratch.hpp>

#include <program/plugin.hpp>
#include <txq/error.hpp>

using namespace std::chrono_literals;
using namespace txq::program;
using std::filesystem::perms;
using txq::test::scratch;

namespace {

std::string copy_of(std::string const& library, scratch const& where) {
    std::filesystem::copy_file(TXQ_TEST_PLUGINS "/" + library, where.path() / library);
    std::filesystem::permissions(where.path() / library, perms::owner_all);
    return where.file(library);
}

std::string complaint_about(std::string const& library) {
    try {
        plugins{}.find(library, "plugin.note");
    } catch (txq::error const& wrong) {
        CHECK(wrong.code() == txq::errc::bad_configuration);
        return wrong.what();
    }
    return "none";
}

struct stat found(mode_t mode, uid_t owner) {
    struct stat result {};
    result.st_mode = mode;
    result.st_uid = owner;
    return result;
}

} // namespace

TEST_CASE("a plugin's handlers come with their options and the library is loaded once") {
    scratch const files;
    auto const library = copy_of("libhandlers.so", files);
    plugins loaded;
    CHECK(loaded.find(library, "plugin.note").in_transaction);
    CHECK(loaded.find(library, "plugin.gives_up").plain);
    CHECK(loaded.find(library, "plugin.gives_up").options.timeout == 7s);
}

TEST_CASE("a kind that a plugin does not have is refused with those that it has") {
    scratch const files;
    auto const library = copy_of("libhandlers.so", files);
    CHECK_THROWS_WITH(plugins{}.find(library, "plugin.not"),
                      Catch::Matchers::Contains("no handler for 'plugin.not' but for: plugin.gives_up, plugin.note"));
}

TEST_CASE("what is not a plugin of this program is refused") {
    scratch const files;
    CHECK_THAT(complaint_about(copy_of("libstranger.so", files)),
               Catch::Matchers::Contains("is not a plugin: it has no function txq_plugin_fingerprint"));
    CHECK_THAT(complaint_about(copy_of("libother_build.so", files)),
               Catch::Matchers::Contains("has to be built again: it has 'txq plugin 0', this program 'txq plugin 2"));
    CHECK_THAT(complaint_about(files.write("text.so", "text")), Catch::Matchers::Contains("cannot load it"));
    CHECK_THAT(complaint_about(files.file("nothing.so")), Catch::Matchers::Contains("No such file"));
}

TEST_CASE("a plugin that others can change is refused") {
    scratch const files;
    auto const library = copy_of("libhandlers.so", files);
    std::filesystem::permissions(library, perms::group_write, std::filesystem::perm_options::add);
    CHECK_THAT(complaint_about(library), Catch::Matchers::Contains("can be changed by other users"));
    std::filesystem::permissions(library, perms::owner_all);
    std::filesystem::permissions(files.path(), perms::all);
    CHECK_THAT(complaint_about(library), Catch::Matchers::Contains(files.path().string() + " can be changed"));
    std::filesystem::permissions(files.path(), perms::owner_all);
    CHECK(complaint_about(library) == "none");
}

TEST_CASE("a path is safe if nobody but root and oneself can change it") {
    CHECK(is_safe(found(S_IFREG | 0755, 0), 1000));
    CHECK(is_safe(found(S_IFREG | 0700, 1000), 1000));
    CHECK_FALSE(is_safe(found(S_IFREG | 0755, 1001), 1000));
    CHECK_FALSE(is_safe(found(S_IFREG | 0775, 0), 1000));
    CHECK_FALSE(is_safe(found(S_IFREG | 0757, 0), 1000));
    CHECK(is_safe(found(S_IFDIR | 01777, 0), 1000));
    CHECK_FALSE(is_safe(found(S_IFDIR | 0777, 0), 1000));
    CHECK_FALSE(is_safe(found(S_IFREG | 01777, 0), 1000));
}
