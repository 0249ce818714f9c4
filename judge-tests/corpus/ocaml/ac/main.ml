(* How many ways there are to put n queens on an n x n board. *)
let safe column queens =
  let rec check distance = function
    | [] -> true
    | q :: rest -> q <> column && abs (q - column) <> distance && check (distance + 1) rest
  in
  check 1 queens

let rec ways n row queens =
  if row = n then 1
  else
    List.init n Fun.id
    |> List.filter (fun column -> safe column queens)
    |> List.fold_left (fun found column -> found + ways n (row + 1) (column :: queens)) 0

let () = Scanf.scanf " %d" (fun n -> Printf.printf "%d\n" (ways n 0 []))
