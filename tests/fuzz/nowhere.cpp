// No input reaches a database, whatever it names: libpqxx finds this function in place of libpq's.

#include <libpq-fe.h>

extern "C" PGconn* PQconnectdb(char const*) { return PQconnectStart("host=/nonexistent/txq-fuzz port=1"); }
