package catalogue

import "github.com/eso-infisical/kubectl-eso-infisical/pkg/cause"

const (
	docsPermissions = "https://infisical.com/docs/documentation/platform/access-controls/overview"
	docsProject     = "https://infisical.com/docs/documentation/platform/project"
)

// scope is what the store reads in Infisical, and whether it may.
var scope = []Entry{
	{
		Code: "EI601", Title: "Infisical knows the project", Severity: Error,
		Why: "The slug is not the project's name, and it is looked up in the identity's own organisation. Servers of 2024 call an unknown one an internal error.",
		Fix: "Copy the slug from the project's settings in Infisical.", Command: applyStore + " --project SLUG", After: []cause.Code{"EI651"}, Links: []string{docsProject},
	},
	{
		Code: "EI602", Title: "the machine identity is a member of the project", Severity: Error,
		Why: "A role in the organisation is not enough to read secrets of a project.",
		Fix: "Add the identity to the project with the role Viewer.", Links: []string{docsPermissions},
	},
	{
		Code: "EI603", Title: "the machine identity may read the secrets", Severity: Error,
		Why: "Its role or privilege does not cover this environment and path, or lets it see secrets without their values.",
		Fix: "Give the identity the role Viewer, or a privilege that covers this environment and path.", Links: []string{docsPermissions},
	},
	{
		Code: "EI604", Title: "the environment exists", Severity: Error,
		Why: "The store names an environment that the project does not have. Infisical shows the name, ESO needs the slug: prod in place of Production. Servers before the autumn of 2025 answer with an empty list, so that the store is ready and nothing arrives.",
		Fix: "Correct the environment's slug.", Command: applyStore + " --environment SLUG", After: []cause.Code{"EI607", "EI652"}, Links: []string{docsProject},
	},
	{
		Code: "EI605", Title: "the project is one for secrets", Severity: Error,
		Why: "It belongs to another product of Infisical, such as certificates.",
		Fix: "Use the slug of a Secrets Management project.", Command: applyStore + " --project SLUG", Links: []string{docsProject},
	},
	{
		Code: "EI606", Title: "Infisical has the secret", Severity: Error,
		Why: "There is no secret of that name in the environment and folder where it is looked for. ESO 2.7 and newer says the same of a wrong environment or folder.",
		Fix: "Check the key's spelling (upper and lower case count), its environment and its folder.", After: []cause.Code{"EI601", "EI604", "EI607", "EI651", "EI652"},
	},
	{
		Code: "EI607", Title: "the folder exists", Severity: Error,
		Why: "The environment has no folder of that path.",
		Fix: "Correct the path (upper and lower case count).", Command: applyStore + " --path PATH",
	},
	{
		Code: "EI608", Title: "you may administer that in Infisical", Severity: Error,
		Why: "The administrator's token lacks a permission, or is of another organisation.",
		Fix: "Use a token of an admin of the organisation, or on newer servers of an admin of the project.", Links: []string{docsPermissions},
	},
	{
		Code: "EI609", Title: "you have the rights that are to be granted", Severity: Error,
		Why: "Nobody may grant or manage more than their own rights.",
		Fix: "Use a token of somebody who has at least the rights of the machine identity.", Links: []string{docsPermissions},
	},
	{
		Code: "EI610", Title: "Infisical's plan includes that", Severity: Error,
		Why: "The plan of this Infisical has a limit, or leaves a feature out.",
		Fix: "Do without it, or change the plan. The detail names it.",
	},
	{
		Code: "EI611", Title: "what is to be made does not exist yet", Severity: Error,
		Why: "Something of that name is there already; somebody else may have made it at the same moment.",
		Fix: "Run the same command again, which looks first. If it stays, use another name.",
	},
	{
		Code: "EI620", Title: "Infisical has the project, the environment and the folder that the store names", Severity: Error,
		Why: "Servers before the autumn of 2025 answer an unknown environment or folder with an empty list: the store is ready, and no secret arrives. ESO cannot see that; one login can.",
		Fix: "Correct the slug or the path. What is nearest to it is named with the cause.", Command: applyStore, Links: []string{docsProject},
	},
	{
		Code: "EI621", Title: "the machine identity reads what the store needs, and no more", Severity: Warning,
		Why: "Its role covers the whole project. Whoever may create an ExternalSecret for the store, or gets at its credentials, can read every environment.",
		Fix: "Give the identity the role no-access and a privilege for this environment and path.", Command: identity, Links: []string{docsPermissions},
	},
	{
		Code: "EI622", Title: "the machine identity may not change secrets", Severity: Warning,
		Why: "ESO only reads. With a role that may write, whoever gets at the credentials can change what applications start with.",
		Fix: "Give the identity the role Viewer, or no-access and a privilege to read.", Command: identity, Links: []string{docsPermissions},
	},
	{
		Code: "EI623", Title: "there are secrets where the store looks", Severity: Warning,
		Why: "The login works and the place exists, but the identity sees no secret there: the folder is empty, the secrets are in another, or a privilege covers another environment.",
		Fix: "Look in Infisical which environment and folder hold the secrets, and correct the store or the privilege.", Command: applyStore + " --path PATH",
	},
	{
		Code: "EI650", Title: "the store names the environment by its slug", Severity: Warning,
		Why: "What the store names looks like the name that Infisical shows, such as production. Slugs are in lower case without blanks, by default dev, staging and prod.",
		Fix: "Use the slug, which is in the project's settings.", Command: applyStore + " --environment SLUG", Links: []string{docsProject},
	},
	{
		Code: "EI651", Title: "the store names the project by its slug", Severity: Warning,
		Why: "What the store names looks like an ID or like the name that Infisical shows. ESO takes the slug only.",
		Fix: "Copy the slug from the project's settings.", Command: applyStore + " --project SLUG", Links: []string{docsProject},
	},
	{
		Code: "EI652", Title: "the store's path can be one of Infisical's", Severity: Warning,
		Why: "A path begins with a slash, and its folders have letters, digits, dashes and underscores only.",
		Fix: "Correct the path.", Command: applyStore + " --path PATH",
	},
}

// unusable are the codes for which a store is not ready.
var unusable = []cause.Code{"EI702", "EI703", "EI704", "EI710", "EI750"}
