package infisical

import (
	"io"
	"net/http"
)

// answerFaults are what stands before the server and answers in its place, or what it answers when it is ill.
func answerFaults(front *frontend) map[string]fault {
	return map[string]fault{
		"html-proxy":     answers(front, page(http.StatusOK, "Sign in")),
		"bad-gateway":    answers(front, page(http.StatusBadGateway, "502 Bad Gateway")),
		"redirect":       answers(front, redirect),
		"server-error":   answers(front, internalError),
		"slow":           answers(front, silence),
		"connection-cut": answers(front, cutOff),
	}
}

// answers lets a handler answer in the server's place.
func answers(front *frontend, before http.HandlerFunc) fault {
	return fault{
		set:   func() error { front.put(before); return nil },
		clear: func() error { front.put(nil); return front.cut() },
	}
}

func page(status int, title string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<!doctype html><title>"+title+"</title>") // a client that went away needs no answer
	}
}

// redirect sends everybody to a page to log in at, as a proxy with single sign-on does.
func redirect(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == loginPage {
		page(http.StatusOK, "Sign in")(w, r)
		return
	}
	http.Redirect(w, r, loginPage, http.StatusFound)
}

const loginPage = "/sso"

// internalError is what every server says when its database is away.
func internalError(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = io.WriteString(w, `{"reqId":"req-SandboxFault00","statusCode":500,"message":"Something went wrong","error":"InternalServerError"}`)
}

// silence answers nothing until the client gives up.
func silence(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// cutOff ends the connection in the middle of the request.
func cutOff(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
