"""Settings for tests that send more requests than the limits allow."""

# Every window of the gateway's rate limits at its maximum.
NO_LIMITS = {f"RATE_LIMIT_{of}": "1000000000" for of in (
    "PER_MINUTE", "PER_HOUR", "PER_DAY", "GENERATE_PER_MINUTE", "GENERATE_PER_HOUR", "QUERY_PER_MINUTE",
    "QUERY_PER_HOUR", "UPLOAD_PER_MINUTE", "UPLOAD_PER_HOUR", "LOGIN_PER_MINUTE", "LOGIN_PER_HOUR")}
