#include "sql_handler.hpp"

#include <txq/detail/pq.hpp>

namespace txq::program {

void sql_handler::operator()(raw_job const& job, context&, pqxx::work& tx) const {
    pq::params values;
    for (auto const number : statement_.parameters) values.add(parameter_of(job, number));
    pq::exec(tx, statement{name_.c_str(), statement_.text.c_str()}, values);
}

} // namespace txq::program
