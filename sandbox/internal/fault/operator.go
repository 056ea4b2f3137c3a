package fault

// operatorFaults break ESO's installation: its pods, its webhook, its definitions.
func operatorFaults() []Fault {
	return []Fault{
		{
			Name:       "webhook-down",
			Summary:    "ESO's admission webhook has no running pod",
			Expect:     Expect{Code: "EI221", Object: "external-secrets-webhook"},
			apply:      stopWebhook,
			heal:       startWebhook,
			touchFirst: true,
		},
	}
}
