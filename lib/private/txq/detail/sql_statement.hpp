#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace txq::program {

/// A statement of a worker's file or of a schedule, made ready to be sent with only those parameters that it names,
/// each with its type: PostgreSQL refuses both a parameter that is not used and one whose type it cannot tell.
struct job_statement {
    /// $3 and $1 as somebody has written them are ($1::uuid) and ($2::jsonb) here, in the order in which they appear.
    std::string text;
    /// The file's number of each.
    std::vector<int> parameters;
};

/// What a statement may name: $1 payload jsonb, $2 id uuid, $3 operation_id uuid, $4 attempt integer,
/// $5 max_attempts integer, $6 queue text, $7 kind text, $8 headers jsonb.
/// Throws error (bad_configuration) for any other number, for text that has no statement in it, and for a command that
/// would end the transaction which completes the job.
job_statement prepare_for_jobs(std::string_view sql);

/// A message of PostgreSQL's, which quotes the text that was sent, with the parameters as the file has them; as many
/// characters as before, so that a mark below a line stays at its place.
std::string with_numbers_of_file(std::string message, job_statement const& sent);

} // namespace txq::program
