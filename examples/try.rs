#![allow(clippy::all, missing_docs)]
fn main() {
    let mut args: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "run" && a != "--quiet")
        .collect();
    let at = args.iter().position(|a| a == "--out").unwrap();
    let out = args.remove(at + 1);
    args.remove(at);
    let loaded = match podtime::scenario::load(&args, &podtime::scenario::Options::default()) {
        Ok(l) => l,
        Err(r) => {
            for p in r.problems.iter() {
                println!("{}", p.display(&r.sources));
            }
            std::process::exit(2)
        }
    };
    let files = podtime::results::ResultFiles::create(
        std::path::Path::new(&out),
        &loaded.model,
        podtime::results::Options::default(),
    )
    .unwrap();
    let finished = podtime::simulate(&loaded.model, loaded.model.seed, files).unwrap();
    print!("{}", podtime::results::short_table(&finished.summary, 10));
}
