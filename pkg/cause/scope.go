package cause

// KeyUnknown means that Infisical has no secret of that name, given in quotes, where it was looked for.
func KeyUnknown(key string) Cause {
	return Cause{"EI606", "the secret " + key + " does not exist in that environment and path of the project",
		"check the key's spelling (upper and lower case count), its environment and its folder in Infisical"}
}

var scopeRules = []rule{
	{Cause{"EI601", "no project with the slug %NAME% is known to Infisical (the slug is not the name, and it is looked up in the identity's own organisation)",
		"copy the slug from the project's settings in Infisical, then run kubectl eso-infisical apply-store --project SLUG"},
		[]string{"Project with slug"}, []string{"not found"}, quoted(`Project with slug ('[^']+')`)},
	{Cause{"EI601", "Infisical knows no project with that slug",
		"copy the slug from the project's settings in Infisical, then run kubectl eso-infisical apply-store --project SLUG"},
		[]string{"Failed to find project by slug", "Find project by slug"}, nil, nil},
	{Cause{"EI602", "the machine identity is not a member of the project",
		"add the identity to the project in Infisical with the role Viewer; a role in the organisation is not enough"},
		[]string{"You are not a member of this project", "Identity not in project"}, nil, nil},
	{Cause{"EI604", "the environment %NAME% or the folder does not exist in the project",
		"check the environment's slug and the path, then run kubectl eso-infisical apply-store --environment SLUG --path PATH"},
		[]string{"Folder with path", "Environment with slug", "environment not found in project", "Folder not found"}, []string{"not found"}, environmentHint},
	{Cause{"EI605", "the project is not one for secrets (it is of another Infisical product)",
		"use the slug of a Secrets Management project"},
		[]string{"Operations of type"}, nil, nil},
	{Cause{"EI603", "the machine identity lacks a permission in the project",
		"give the identity the role Viewer, or a privilege that covers this environment and path"},
		[]string{"You are not allowed to", "do not have permission to view secret value"}, nil, nil},
	{KeyUnknown("%NAME%"),
		[]string{"Secret with name", "Secret does not exist", "Secret not found"}, nil, quoted(`name ('[^']+')`)},
}
