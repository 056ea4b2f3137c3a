package main

// helmInstall is what the runbook does to install.
func helmInstall(o options) rival {
	return rival{name: "helm", command: []string{o.helm, "--kube-context", o.context, "upgrade", "--install", release, "external-secrets", "--repo", o.repo,
		"--version", o.version, "-n", namespace, "--create-namespace", "--set", "installCRDs=true", "--wait", "--timeout", "5m"}}
}

func pluginInstall(o options) rival {
	command := []string{o.plugin, "install", "--context", o.context, "--repo", o.repo, "--version", o.version, "--timeout", "5m"}
	return rival{name: "install", command: append(command, o.more...)}
}
