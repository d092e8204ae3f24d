#include "pgbouncer.hpp"

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>

#include <pwd.h>
#include <unistd.h>

#include <pqxx/pqxx>

#include <support/eventually.hpp>
#include <txq/detail/connection_info.hpp>

namespace txq::test {

namespace {

std::string configuration(std::string const& url, std::string const& directory, int connections) {
    pqxx::connection direct{url};
    return "[databases]\npooled = host=" + std::string{direct.hostname()} + " port=" + direct.port() +
           " dbname=" + direct.dbname() + " user=" + direct.username() +
           "\n[pgbouncer]\npool_mode = transaction\nlisten_addr =\nunix_socket_dir = " + directory +
           "\nauth_type = any\ndefault_pool_size = " + std::to_string(connections) +
           "\nignore_startup_parameters = extra_float_digits\n";
}

/// PgBouncer does not run as root.
std::vector<std::string> command(std::string const& file) {
    if (::getuid() != 0) return {"pgbouncer", file};
    // which becomes it, so that it ends with the test: runuser would stay its parent
    return {"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "pgbouncer", file};
}

std::string prepare(scratch const& files, std::string const& url, int connections) {
    if (::getuid() == 0) {
        auto const* postgres = ::getpwnam("postgres");
        if (postgres == nullptr || ::chown(files.path().c_str(), postgres->pw_uid, postgres->pw_gid) != 0)
            throw std::system_error{errno, std::generic_category(), "chown " + files.path().string() + " to postgres"};
    }
    return files.write("pgbouncer.ini", configuration(url, files.path(), connections));
}

} // namespace

pgbouncer::pgbouncer(std::string const& url, int connections) : configuration_{prepare(files_, url, connections)} {
    start();
}

void pgbouncer::start() {
    program_ = std::make_unique<process>(command(configuration_));
    auto const answers = [this] {
        try {
            pqxx::connection const pooled{url()};
            return true;
        } catch (pqxx::failure const&) { return false; }
    };
    if (!eventually(answers)) throw std::runtime_error{"pgbouncer does not answer: " + program_->output()};
}

void pgbouncer::kill() {
    program_->send(SIGKILL);
    program_->wait();
}

std::string pgbouncer::url() const {
    return "host=" + files_.path().string() + " port=6432 dbname=pooled user=postgres";
}

} // namespace txq::test
