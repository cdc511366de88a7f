"""AWS Lake Formation, whole and own: moto's grants neither expand nor inherit."""
