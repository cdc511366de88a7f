"""Amazon Redshift, whole and own: namespaces, datashares, SQL. moto knows clusters only."""
