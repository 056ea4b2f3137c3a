package store

// Built-in roles. An organisation has the roles admin, member and no-access, a project the role viewer besides.
const (
	RoleAdmin    = "admin"
	RoleMember   = "member"
	RoleViewer   = "viewer"
	RoleNoAccess = "no-access"
)

func allOf(subjects ...string) permissions {
	list := permissions{}
	for _, subject := range subjects {
		list = append(list, Permission{Actions: []string{toRead, toCreate, toEdit, toDelete}, Subject: subject})
	}
	return list
}

func readOf(subjects ...string) permissions {
	list := permissions{}
	for _, subject := range subjects {
		list = append(list, Permission{Actions: []string{toRead}, Subject: subject})
	}
	return list
}

// orgRole returns what a role in the organisation allows.
func orgRole(role string) permissions {
	switch role {
	case RoleAdmin:
		return permissions{{Actions: []string{everything}, Subject: everything}}
	case RoleMember:
		return append(allOf(onIdentity), Permission{Actions: []string{toCreate}, Subject: onProject})
	default:
		return nil
	}
}

// projectRole returns what a built-in role in a project allows, and whether there is such a role.
func projectRole(role string) (permissions, bool) {
	switch role {
	case RoleAdmin:
		return permissions{{Actions: []string{everything}, Subject: everything}}, true
	case RoleMember:
		return append(allOf(onSecrets, onFolders, onImports, onIdentity), readOf(onRoles, onEnvs)...), true
	case RoleViewer:
		return readOf(onSecrets, onFolders, onImports, onIdentity, onRoles, onEnvs), true
	case RoleNoAccess:
		return nil, true
	default:
		return nil, false
	}
}
