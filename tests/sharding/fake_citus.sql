-- The functions of Citus that `distribute` calls, which only note their calls. What Citus itself
-- accepts or refuses, these do not show.
CREATE TABLE citus_tables (
  number int GENERATED ALWAYS AS IDENTITY,
  table_name regclass,
  distribution_column text,
  colocate_with text
);
GRANT SELECT ON citus_tables TO PUBLIC;
CREATE FUNCTION create_distributed_table(
  placed regclass, distribution_column text, colocate_with text
) RETURNS void LANGUAGE sql AS
  'INSERT INTO citus_tables (table_name, distribution_column, colocate_with) VALUES ($1, $2, $3)';
CREATE FUNCTION create_reference_table(placed regclass) RETURNS void LANGUAGE sql AS
  'INSERT INTO citus_tables (table_name) VALUES ($1)';
