#include <txq/enqueue.hpp>
#include <txq/plugin.hpp>

namespace plugin {

struct note {
    static constexpr std::string_view kind = "plugin.note";
    std::string text;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(note, text)

} // namespace plugin

TXQ_PLUGIN(handlers) {
    handlers.add<plugin::note>([](txq::job<plugin::note> const& job, txq::context&, pqxx::work& tx) {
        tx.exec("insert into notes values (" + tx.quote(job.args.text) + ")");
        txq::enqueue(tx, "followed", "{}");
    });
    handlers.add("plugin.gives_up", [](txq::raw_job const&, txq::context&) { throw txq::permanent_error{"no use"}; },
                 {.timeout = std::chrono::seconds{7}});
}
