// Control-plane is etcd, kube-apiserver, kube-controller-manager and kubectl in
// one binary: the real programs, from the modules pinned in go.mod, for the
// tests to run against.
//
// Which of them it is depends on the name it is called by, so that a folder
// with four links to it is what KUBEBUILDER_ASSETS points at; called by any
// other name, the first argument says which:
//
//	kube-apiserver --version
//	control-plane kube-apiserver --version
//
// Each program runs in a process of its own: all of them install signal
// handlers and register flags and metrics for the whole process.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	"k8s.io/component-base/logs"
	_ "k8s.io/component-base/logs/json/register"          // --logging-format=json
	_ "k8s.io/component-base/metrics/prometheus/clientgo" // client-go's metrics on /metrics
	_ "k8s.io/component-base/metrics/prometheus/version"  // kubernetes_build_info on /metrics
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

// programs maps the name of a program to what runs it. Each finds its own
// arguments in os.Args[1:], as in its ordinary main package, and returns the
// exit code.
var programs = map[string]func() int{
	"etcd":                    runEtcd,
	"kube-apiserver":          func() int { return cli.Run(apiserver.NewAPIServerCommand()) },
	"kube-controller-manager": func() int { return cli.Run(controllermanager.NewControllerManagerCommand()) },
	"kubectl":                 runKubectl,
}

func main() {
	run, ok := programs[programName(os.Args[0])]
	if !ok && len(os.Args) > 1 {
		if run, ok = programs[os.Args[1]]; ok {
			os.Args = os.Args[1:]
		}
	}
	if !ok {
		fmt.Fprintf(os.Stderr, "usage: %s etcd|kube-apiserver|kube-controller-manager|kubectl [ARGUMENT...]\n",
			filepath.Base(os.Args[0]))
		os.Exit(2)
	}
	os.Exit(run())
}

// programName is the name a program was called by, without its folder and,
// where there is one, its .exe.
func programName(arg0 string) string {
	return strings.TrimSuffix(filepath.Base(arg0), ".exe")
}

// runEtcd is etcd's own main; it exits by itself when etcd fails.
func runEtcd() int {
	etcdmain.Main(os.Args)
	return 0
}

// runKubectl is kubectl's own main: verbosity is set before the command is
// made, because making it already logs, and errors are worded by kubectl.
func runKubectl() int {
	logs.GlogSetter(kubectl.GetLogVerbosity(os.Args)) //nolint:errcheck // it never fails
	if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
		kubectlutil.CheckErr(err) // prints and exits
	}
	return 0
}
