import '../ui/base.css';
import './reducer.css';
import { mountPanel } from '../ui/mount.tsx';
import { ReducerApp } from './app.tsx';

mountPanel(ReducerApp);
