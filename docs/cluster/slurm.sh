#!/bin/bash
#SBATCH --job-name=cnnkeras
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=4
#SBATCH --cpus-per-task=16
#SBATCH --time=12:00:00
# Slurm asks with SIGTERM two minutes before it ends the job: the state is saved, and the job starts anew.
#SBATCH --signal=TERM@120
#SBATCH --requeue

# One process a machine takes all of its GPUs. The folder is shared by the machines.
runs=runs
unfinished=$(ls -d "$runs"/resnet50/*/UNFINISHED 2>/dev/null | tail -n 1)
if [ -n "$unfinished" ]; then
  srun python run.py --resume "$(dirname "$unfinished")"
else
  srun python run.py architectures/resnet50.json --runs "$runs"
fi
