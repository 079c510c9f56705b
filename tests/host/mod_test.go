package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

const modFolder = "../../mod"

// blockType is what Powerpipe accepts in one type of block. It decodes mods in
// packages that no other program can import, so the table is written out here.
type blockType struct {
	labels     string // none, one or maybe
	attributes string // names, separated by spaces; * accepts any
	blocks     map[string]blockType
}

var modGrammar = func() map[string]blockType {
	const (
		described = "title description documentation tags "
		queried   = described + "sql query args search_path search_path_prefix database "
		shown     = "width display base type "
		panel     = "title width type display base sql query args "
	)
	param := map[string]blockType{"param": {"one", "description default", nil}}
	with := map[string]blockType{"with": {"one", "title sql query args", nil}}
	item := blockType{"maybe", panel + "category", map[string]blockType{}}
	category := blockType{"one", "title color depth icon href property fold property_order", map[string]blockType{
		"property": {"one", "display wrap href", nil}, "fold": {"none", "title threshold icon", nil},
	}}
	network := blockType{"maybe", panel + "direction nodes edges", map[string]blockType{
		"node": item, "edge": item, "category": category,
	}}
	panels := map[string]blockType{
		"card": {"maybe", panel + "icon href label value", nil},
		"chart": {"maybe", panel + "grouping legend transform", map[string]blockType{
			"series": {"one", "title color points axis", map[string]blockType{"point": {"one", "color", nil}}},
			"axes":   {"none", "", map[string]blockType{"x": {"none", "*", nil}, "y": {"none", "*", nil}}},
			"legend": {"none", "display position", nil},
		}},
		"table":     {"maybe", panel, map[string]blockType{"column": {"one", "display href wrap", nil}}},
		"graph":     network,
		"flow":      network,
		"hierarchy": network,
		"text":      {"maybe", "title width type display base value", nil},
		"image":     {"maybe", panel + "src alt", nil},
		"input": {"maybe", panel + "label placeholder", map[string]blockType{
			"option": {"one", "label", nil},
		}},
	}
	control := blockType{"one", queried + shown + "severity", param}
	benchmark := blockType{"one", described + shown + "children", nil}
	dashboard := blockType{"one", described + "width display base", map[string]blockType{"with": with["with"], "control": control, "benchmark": benchmark}}
	container := blockType{"maybe", "title width display base", map[string]blockType{"control": control, "benchmark": benchmark}}
	for name, block := range panels {
		dashboard.blocks[name], container.blocks[name] = block, block
	}
	container.blocks["container"] = container // containers nest
	dashboard.blocks["container"] = container

	grammar := map[string]blockType{
		"mod": {"one", described + "categories color icon database search_path search_path_prefix", map[string]blockType{
			"opengraph": {"none", "title description image", nil},
			"require": {"none", "", map[string]blockType{
				"plugin":    {"one", "min_version version", nil},
				"mod":       {"one", "version args path", nil},
				"powerpipe": {"none", "min_version", nil},
				"steampipe": {"none", "min_version", nil},
			}},
		}},
		"variable":  {"one", "type default description tags title", nil},
		"locals":    {"none", "*", nil},
		"query":     {"one", described + "sql args search_path search_path_prefix database", param},
		"control":   control,
		"benchmark": benchmark,
		"dashboard": dashboard,
		"category":  category,
	}
	for name, block := range panels {
		grammar[name] = block
	}
	return grammar
}()

// functions a mod may call; the deprecated list and map are errors.
var modFunctions = strings.Fields(`abs abspath alltrue anytrue base64decode base64encode base64gzip base64sha256
	base64sha512 basename bcrypt can ceil chomp chunklist cidrhost cidrnetmask cidrsubnet cidrsubnets coalesce
	coalescelist compact concat contains csvdecode dirname distinct element endswith env file filebase64 fileexists
	fileset flatten floor format formatdate formatlist indent index is_error error_message join jsondecode jsonencode
	keys length log lookup lower matchkeys max md5 merge min nonsensitive one parseint pathexpand pow range regex
	regexall replace reverse sensitive setintersection setproduct setsubtract setunion sha1 sha256 sha512 signum slice
	sort split startswith strcontains strrev substr sum textdecodebase64 textencodebase64 timeadd timecmp timestamp
	title tobool tolist tomap tonumber toset tostring transpose trim trimprefix trimspace trimsuffix try upper urlencode
	uuid uuidv5 values yamldecode yamlencode zipmap`)

// mod is every file of the mod, read as one scope.
type mod struct {
	t       *testing.T
	name    string
	bodies  map[string]*hclsyntax.Body      // by file
	defined map[string]*hclsyntax.Block     // by "type.name"
	locals  map[string]*hclsyntax.Attribute // by name
}

func TestModIsWhatPowerpipeAccepts(t *testing.T) {
	m := readMod(t)
	for _, body := range m.bodies {
		m.checkBody(body, "a mod", blockType{blocks: modGrammar})
	}
	if m.name == "" {
		t.Error("no mod block")
	}
}

func TestEveryReferenceOfTheModResolves(t *testing.T) {
	m := readMod(t)
	for _, body := range m.bodies {
		for _, traversal := range hclsyntax.Variables(attributesOf(body)) {
			m.checkReference(traversal)
		}
	}
}

func TestEveryFunctionOfTheModIsOneOfPowerpipes(t *testing.T) {
	m := readMod(t)
	for _, body := range m.bodies {
		hclsyntax.VisitAll(attributesOf(body), func(node hclsyntax.Node) hcl.Diagnostics {
			if call, ok := node.(*hclsyntax.FunctionCallExpr); ok {
				if !slices.Contains(modFunctions, call.Name) {
					t.Errorf("%s: there is no function %s", call.Range(), call.Name)
				}
				if strings.HasPrefix(call.Name, "file") {
					m.checkFile(call)
				}
			}
			return nil
		})
	}
}

func TestControlsHaveOneQueryAndGiveItItsParameters(t *testing.T) {
	m := readMod(t)
	for name, block := range m.defined {
		attributes := block.Body.Attributes
		switch block.Type {
		case "query":
			if attributes["sql"] == nil {
				t.Errorf("%s: %s has no sql", block.Range(), name)
			}
		case "control":
			if (attributes["sql"] == nil) == (attributes["query"] == nil) && attributes["base"] == nil {
				t.Errorf("%s: %s needs sql or a query, and not both", block.Range(), name)
			}
			m.checkArguments(block)
		}
	}
}

func readMod(t *testing.T) *mod {
	t.Helper()
	m := &mod{t: t, bodies: map[string]*hclsyntax.Body{}, defined: map[string]*hclsyntax.Block{}, locals: map[string]*hclsyntax.Attribute{}}
	parser := hclparse.NewParser()
	err := filepath.WalkDir(modFolder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); strings.HasPrefix(name, ".") && entry.IsDir() && path != modFolder {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".pp" {
			return nil
		}
		file, diagnostics := parser.ParseHCLFile(path)
		if diagnostics.HasErrors() {
			t.Error(diagnostics)
			return nil
		}
		body := file.Body.(*hclsyntax.Body)
		m.bodies[path] = body
		m.define(body, true)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.bodies) == 0 {
		t.Fatalf("no *.pp below %s", modFolder)
	}
	return m
}

// define notes what a body defines, in nested blocks too: a dashboard's inputs
// are referred to by name as well.
func (m *mod) define(body *hclsyntax.Body, top bool) {
	for _, block := range body.Blocks {
		switch {
		case block.Type == "locals" && top:
			for name, attribute := range block.Body.Attributes {
				if m.locals[name] != nil {
					m.t.Errorf("%s: local %s is there twice", attribute.Range(), name)
				}
				m.locals[name] = attribute
			}
		case block.Type == "mod" && top && len(block.Labels) == 1:
			m.name = block.Labels[0]
		case len(block.Labels) == 1:
			name := block.Type + "." + block.Labels[0]
			if top && m.defined[name] != nil {
				m.t.Errorf("%s: %s is there twice", block.Range(), name)
			}
			m.defined[name] = block
		}
		if block.Type != "mod" {
			m.define(block.Body, false)
		}
	}
}

func (m *mod) checkBody(body *hclsyntax.Body, of string, accepted blockType) {
	for name, attribute := range body.Attributes {
		if accepted.attributes != "*" && !slices.Contains(strings.Fields(accepted.attributes), name) {
			m.t.Errorf("%s: %s has no attribute %s", attribute.Range(), of, name)
		}
	}
	for _, block := range body.Blocks {
		inner, ok := accepted.blocks[block.Type]
		if !ok {
			m.t.Errorf("%s: %s has no block %s", block.Range(), of, block.Type)
			continue
		}
		labels := len(block.Labels)
		if labels > 1 || labels == 0 && inner.labels == "one" || labels == 1 && inner.labels == "none" {
			m.t.Errorf("%s: %s with %d labels, want %s", block.Range(), block.Type, labels, inner.labels)
		}
		m.checkBody(block.Body, block.Type, inner)
	}
}

func (m *mod) checkReference(traversal hcl.Traversal) {
	names := []string{}
	for _, step := range traversal {
		switch s := step.(type) {
		case hcl.TraverseRoot:
			names = append(names, s.Name)
		case hcl.TraverseAttr:
			names = append(names, s.Name)
		}
	}
	if names[0] == m.name || names[0] == "self" { // mod.type.name, and type.name of this dashboard
		names = names[1:]
	}
	if len(names) < 2 {
		m.t.Errorf("%s: %s refers to nothing", traversal.SourceRange(), strings.Join(names, "."))
		return
	}
	found := false
	switch names[0] {
	case "local":
		_, found = m.locals[names[1]]
	case "var":
		_, found = m.defined["variable."+names[1]]
	default:
		_, found = m.defined[names[0]+"."+names[1]]
	}
	if !found {
		m.t.Errorf("%s: there is no %s.%s", traversal.SourceRange(), names[0], names[1])
	}
}

func (m *mod) checkFile(call *hclsyntax.FunctionCallExpr) {
	if len(call.Args) == 0 {
		m.t.Errorf("%s: %s of nothing", call.Range(), call.Name)
		return
	}
	path, diagnostics := call.Args[0].Value(nil)
	if diagnostics.HasErrors() || path.Type() != cty.String {
		m.t.Errorf("%s: the path is not a plain text", call.Range())
		return
	}
	// relative to the mod's folder, wherever the file with the call lies
	if info, err := os.Stat(filepath.Join(modFolder, path.AsString())); err != nil || info.IsDir() {
		m.t.Errorf("%s: there is no file %s", call.Range(), path.AsString())
	}
}

// checkArguments compares the names in args with the parameters of the query.
func (m *mod) checkArguments(control *hclsyntax.Block) {
	query, args := control.Body.Attributes["query"], control.Body.Attributes["args"]
	if query == nil || args == nil {
		return
	}
	object, ok := args.Expr.(*hclsyntax.ObjectConsExpr)
	if !ok {
		return // a list: by position
	}
	traversal, diagnostics := hcl.AbsTraversalForExpr(query.Expr)
	if diagnostics.HasErrors() {
		m.t.Errorf("%s: query is not a reference", query.Range())
		return
	}
	target := m.defined["query."+traversal[len(traversal)-1].(hcl.TraverseAttr).Name]
	if target == nil {
		return // TestEveryReferenceOfTheModResolves says so
	}
	for _, item := range object.Items {
		key, diagnostics := item.KeyExpr.Value(nil)
		if diagnostics.HasErrors() || key.Type() != cty.String {
			m.t.Errorf("%s: the name of an argument is not a plain word", item.KeyExpr.Range())
			continue
		}
		if !slices.ContainsFunc(target.Body.Blocks, func(b *hclsyntax.Block) bool {
			return b.Type == "param" && slices.Equal(b.Labels, []string{key.AsString()})
		}) {
			m.t.Errorf("%s: %s has no parameter %s", item.KeyExpr.Range(), target.Labels[0], key.AsString())
		}
	}
}

// attributesOf is a body as one expression, so that names bound by a `for` in
// it are not taken for references. Variables are left out: their types are
// words of their own, and their defaults refer to nothing.
func attributesOf(body *hclsyntax.Body) *hclsyntax.TupleConsExpr {
	all := &hclsyntax.TupleConsExpr{}
	for _, attribute := range body.Attributes {
		all.Exprs = append(all.Exprs, attribute.Expr)
	}
	for _, block := range body.Blocks {
		if block.Type != "variable" {
			all.Exprs = append(all.Exprs, attributesOf(block.Body))
		}
	}
	return all
}
