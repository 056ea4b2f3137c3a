package cause

const hostFix = "check the address (--host) and that it can be reached from there"

var internalError = Cause{ServerFailed, "Infisical failed with an internal error", "look at Infisical's own log, with the reqId of the message"}

var reachRules = []rule{
	{Cause{Maintenance, "Infisical is in maintenance mode, in which nobody can log in",
		"wait until it is over (MAINTENANCE_MODE of the server)"},
		[]string{"Infisical is in maintenance mode"}, nil, nil},
	{Cause{InvalidRequest, "Infisical refuses the form of the request",
		"check slugs and paths: lower case, no spaces; the detail says what it refuses"},
		[]string{"ValidationFailure", "ValidationError", "status-code=422", `error="Bad Request"`, "Missing workspace id", "Missing project id",
			"Missing environment", "You must provide ", "TTL cannot be greater than", "is not a valid IPv4"}, nil, nil},
	{Cause{RateLimited, "Infisical limits the rate of requests", "wait a minute; use longer refresh intervals or one dataFrom.find instead of many keys"},
		[]string{"Rate limit exceeded", "rate limit exceeded", "status-code=429"}, nil, nil},
	{Cause{NotInfisical, "the server answers, but not as Infisical's API: the address has a wrong path, or http is redirected to https",
		"use https://HOST without a path as --host"},
		[]string{"Route POST:", "Route GET:", "Route PATCH:", "Route DELETE:", "answered with HTML"}, nil, nil},
	{Cause{"EI507", "the address of Infisical has no scheme", "write it as https://HOST"},
		[]string{"unsupported protocol scheme"}, nil, nil},
	{Cause{PlainHTTP, "the server speaks plain HTTP where HTTPS is expected", "use http:// or the port that speaks TLS"},
		[]string{"server gave HTTP response to HTTPS client", "first record does not look like a TLS handshake"}, nil, nil},
	{Cause{ProxyUnreachable, "the proxy between this program and Infisical cannot be reached",
		"correct HTTPS_PROXY, or name Infisical's host in NO_PROXY"},
		[]string{"proxyconnect "}, nil, nil},
	{Cause{HostUnknown, "the host name of Infisical cannot be resolved", hostFix},
		[]string{"no such host", "server misbehaving"}, nil, nil},
	{Cause{ConnectionRefused, "nothing listens at the address of Infisical: the connection is refused", "start Infisical, or " + hostFix},
		[]string{"connection refused", "actively refused it"}, nil, nil},
	{Cause{TimedOut, "Infisical does not answer in time", hostFix + "; a firewall or a NetworkPolicy may be in the way"},
		[]string{"i/o timeout", "did not properly respond after a period of time", "connection timed out", "deadline exceeded", "no route to host", "network is unreachable"}, nil, nil},
	{Cause{ProxyAnswers, "a proxy answers in place of Infisical, which is down or not ready", "look at Infisical's own pods and at the ingress before it"},
		[]string{"status-code=502", "status-code=503", "status-code=504"}, nil, nil},
	{internalError,
		[]string{"status-code=500", "Something went wrong"}, nil, nil},
	{Cause{ConnectionCut, "the connection to Infisical was cut", hostFix},
		[]string{": EOF", "unexpected EOF", "connection reset by peer", "broken pipe", "forcibly closed by the remote host",
			"stream error: ", "http2: server sent GOAWAY"}, nil, nil},
}
