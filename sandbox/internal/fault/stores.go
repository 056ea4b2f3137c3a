package fault

// storeFaults break ClusterSecretStores and what they refer to.
func storeFaults() []Fault {
	return []Fault{
		{
			Name:    "environment-production",
			Summary: "the stores name the environment \"production\", which the project does not have",
			Expect:  Expect{Code: "EI604", Object: "ClusterSecretStore", Fixed: true},
			apply:   renameEnvironment,
			heal:    restoreEnvironment,
		},
	}
}
