#include <txq/log.hpp>
#include <txq/plugin.hpp>

struct resize_image {
    static constexpr std::string_view kind = "resize_image";
    std::string file;
    int width;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(resize_image, file, width)

TXQ_PLUGIN(handlers) {
    handlers.add<resize_image>([](txq::job<resize_image> const& job, txq::context&) -> txq::outcome {
        if (job.args.width <= 0) return txq::outcome::discard("an image has a width");
        txq::log::info("resizing", {{"file", job.args.file}, {"width", job.args.width}});
        return txq::outcome::complete();
    });
}
