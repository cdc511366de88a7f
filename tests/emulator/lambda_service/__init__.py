"""AWS Lambda, whole and own: moto's needs containers."""
