package main

import _ "embed"

//go:embed runbook.sh
var script string

// runbook is the runbook as a script.
func runbook(o options, p place) rival {
	return rival{name: "runbook", command: []string{"bash", "-c", script, "runbook"}, env: []string{
		"HELM=" + o.helm, "KUBECTL=" + o.kubectl, "CONTEXT=" + o.context, "REPO=" + o.repo, "VERSION=" + o.version,
		"HOST=" + p.host, "CA_FILE=" + p.caFile, "PROJECT=" + p.project, "ENVIRONMENT=" + p.environment, "KEY=" + p.key,
		"STORE=" + p.store(), "CLIENT_ID_FILE=" + p.clientIDFile, "CLIENT_SECRET_FILE=" + p.clientSecretFile,
	}}
}

func pluginUp(o options, p place) rival {
	command := []string{o.plugin, "up", "--context", o.context, "--repo", o.repo, "--version", o.version, "--timeout", "5m",
		"--host", p.host, "--project", p.project, "--environment", p.environment, "--key", p.key,
		"--client-id-file", p.clientIDFile, "--client-secret-file", p.clientSecretFile}
	if p.caFile != "" {
		command = append(command, "--ca-file", p.caFile)
	}
	return rival{name: "up", command: append(command, o.more...)}
}
