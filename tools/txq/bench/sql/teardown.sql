-- Removes what setup.sql has made.
drop schema if exists txq_bench cascade;
