//! Runs a template's tree.

use super::TemplateError;
use super::functions;
use super::parse::{Base, Command, Node, Operand, Pipeline};
use super::value::{Root, Value};

/// Most steps of one expansion.
const MOST_STEPS: usize = 20_000;
/// Longest output, in bytes.
const LONGEST: usize = 64 * 1024;

pub(super) fn run(nodes: &[Node], root: &Root) -> Result<String, TemplateError> {
    let variables = vec![
        ("labels".to_owned(), root.labels.clone()),
        ("externalLabels".to_owned(), root.external_labels.clone()),
        ("externalURL".to_owned(), Value::Text(root.external_url.clone())),
        ("value".to_owned(), Value::Float(root.value)),
        (String::new(), Value::Root),
    ];
    let mut run = Run { root, variables, steps: 0, out: String::new() };
    run.nodes(nodes, &Value::Root)?;
    Ok(run.out)
}

struct Run<'a> {
    root: &'a Root,
    /// The innermost last.
    variables: Vec<(String, Value)>,
    steps: usize,
    out: String,
}

impl Run<'_> {
    fn spend(&mut self, at: usize) -> Result<(), TemplateError> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Err(TemplateError::new(at, format!("the template takes more than {MOST_STEPS} steps")));
        }
        Ok(())
    }

    fn write(&mut self, text: &str, at: usize) -> Result<(), TemplateError> {
        if self.out.len() + text.len() > LONGEST {
            return Err(TemplateError::new(at, format!("the text becomes longer than {LONGEST} bytes")));
        }
        self.out.push_str(text);
        Ok(())
    }

    fn nodes(&mut self, nodes: &[Node], dot: &Value) -> Result<(), TemplateError> {
        let known = self.variables.len();
        for node in nodes {
            self.spend(0)?;
            match node {
                Node::Text(text) => self.write(text, 0)?,
                Node::Show(pipeline) => {
                    let value = self.pipeline(pipeline, dot)?;
                    self.write(&value.show(), pipeline.at)?;
                }
                Node::Set { name, declares, pipeline } => {
                    let value = self.pipeline(pipeline, dot)?;
                    self.set(name, value, *declares);
                }
                Node::If { test, declares, then, otherwise } => {
                    self.branch(test, declares.as_ref(), (then, otherwise), dot, false)?;
                }
                Node::With { test, declares, then, otherwise } => {
                    self.branch(test, declares.as_ref(), (then, otherwise), dot, true)?;
                }
                Node::Range { over, names, each, otherwise } => {
                    self.range(over, names, each, otherwise, dot)?;
                }
            }
        }
        self.variables.truncate(known);
        Ok(())
    }

    fn set(&mut self, name: &str, value: Value, declares: bool) {
        let known = self.variables.iter_mut().rev().find(|(known, _)| known == name);
        match known {
            Some((_, known)) if !declares => *known = value,
            _ => self.variables.push((name.to_owned(), value)),
        }
    }

    fn branch(
        &mut self,
        test: &Pipeline,
        declares: Option<&String>,
        (then, otherwise): (&[Node], &[Node]),
        dot: &Value,
        moves_dot: bool,
    ) -> Result<(), TemplateError> {
        let known = self.variables.len();
        let value = self.pipeline(test, dot)?;
        if let Some(name) = declares {
            self.variables.push((name.clone(), value.clone()));
        }
        let outcome = if value.is_true() {
            self.nodes(then, if moves_dot { &value } else { dot })
        } else {
            self.nodes(otherwise, dot)
        };
        self.variables.truncate(known);
        outcome
    }

    fn range(
        &mut self,
        over: &Pipeline,
        names: &[String],
        each: &[Node],
        otherwise: &[Node],
        dot: &Value,
    ) -> Result<(), TemplateError> {
        let items: Vec<(Value, Value)> = match self.pipeline(over, dot)? {
            Value::Map(map) => {
                map.into_iter().map(|(name, value)| (Value::Text(name), Value::Text(value))).collect()
            }
            Value::Nil => Vec::new(),
            other => {
                let message = format!("range cannot go over a {}", other.kind());
                return Err(TemplateError::new(over.at, message));
            }
        };
        if items.is_empty() {
            return self.nodes(otherwise, dot);
        }
        for (key, item) in items {
            let known = self.variables.len();
            match names {
                [value] => self.variables.push((value.clone(), item.clone())),
                [name, value] => {
                    self.variables.push((name.clone(), key));
                    self.variables.push((value.clone(), item.clone()));
                }
                _ => {}
            }
            self.nodes(each, &item)?;
            self.variables.truncate(known);
        }
        Ok(())
    }

    fn pipeline(&mut self, pipeline: &Pipeline, dot: &Value) -> Result<Value, TemplateError> {
        let mut piped: Option<Value> = None;
        for command in &pipeline.commands {
            self.spend(pipeline.at)?;
            piped = Some(match command {
                Command::Value(operand) => self.operand(operand, dot)?,
                Command::Call { name, arguments, at } => {
                    let mut values = Vec::with_capacity(arguments.len() + 1);
                    for argument in arguments {
                        values.push(self.operand(argument, dot)?);
                    }
                    values.extend(piped.take());
                    functions::call(name, &values, self.root)
                        .map_err(|message| TemplateError::new(*at, format!("{name}: {message}")))?
                }
            });
        }
        Ok(piped.unwrap_or(Value::Nil))
    }

    fn operand(&mut self, operand: &Operand, dot: &Value) -> Result<Value, TemplateError> {
        self.spend(operand.at)?;
        let mut value = match &operand.base {
            Base::Dot => dot.clone(),
            Base::Variable(name) => {
                let found = self.variables.iter().rev().find(|(known, _)| known == name);
                found.map_or(Value::Nil, |(_, value)| value.clone())
            }
            Base::Text(text) => Value::Text(text.clone()),
            Base::Int(int) => Value::Int(*int),
            Base::Float(float) => Value::Float(*float),
            Base::Bool(truth) => Value::Bool(*truth),
            Base::Nil => Value::Nil,
            Base::Group(pipeline) => self.pipeline(pipeline, dot)?,
        };
        for field in &operand.fields {
            value = self.field(value, field, operand.at)?;
        }
        Ok(value)
    }

    fn field(&self, value: Value, field: &str, at: usize) -> Result<Value, TemplateError> {
        match (value, field) {
            // A label that is not there is empty.
            (Value::Map(mut map), _) => Ok(Value::Text(map.remove(field).unwrap_or_default())),
            (Value::Root, "Labels") => Ok(self.root.labels.clone()),
            (Value::Root, "ExternalLabels") => Ok(self.root.external_labels.clone()),
            (Value::Root, "ExternalURL") => Ok(Value::Text(self.root.external_url.clone())),
            (Value::Root, "Value") => Ok(Value::Float(self.root.value)),
            (value, _) => Err(TemplateError::new(at, format!("a {} has no field `{field}`", value.kind()))),
        }
    }
}
