#include "sql_parameters.hpp"

#include <nlohmann/json.hpp>

namespace txq::program {

std::string parameter_of(raw_job const& job, int number) {
    switch (number) {
    case 1: return job.payload;
    case 2: return job.id.str();
    case 3: return job.operation_id.str();
    case 4: return std::to_string(job.attempt);
    case 5: return std::to_string(job.max_attempts);
    case 6: return job.queue;
    case 7: return job.kind;
    default: return nlohmann::json(job.headers).dump();
    }
}

} // namespace txq::program
