#include "sql_handler.hpp"

#include <txq/detail/pq.hpp>

namespace txq::program {

void sql_handler::operator()(raw_job const& job, context&, pqxx::work& tx) const {
    pq::params values;
    for (auto const number : statement_.parameters) values.add(parameter_of(job, number));
    try {
        pq::exec(tx, statement{name_.c_str(), statement_.text.c_str()}, values);
    } catch (pqxx::sql_error const& failed) {
        auto const state = pq::sqlstate(failed);
        auto const message = with_numbers_of_file(failed.what(), statement_);
        if (state.empty() || message == failed.what()) throw;
        throw pqxx::sql_error{message, failed.query(), state.c_str()};
    }
}

} // namespace txq::program
