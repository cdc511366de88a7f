"""The S3 locations of products, and the access roles that are opted in where one is hybrid."""
